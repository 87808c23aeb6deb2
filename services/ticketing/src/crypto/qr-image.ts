import { toBuffer } from 'qrcode';

/** The code as a PNG: error correction M (15 % may be scratched), 4 pixels a module, the quiet zone of 4 modules that the standard asks for. */
export const qrImage = (qr: string): Promise<Buffer> => toBuffer(qr, { errorCorrectionLevel: 'M', type: 'png', margin: 4, scale: 4 });
