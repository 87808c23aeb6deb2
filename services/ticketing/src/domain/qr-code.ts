import { Id } from '@boxoffice/contracts';

/** What a ticket's code tells whoever holds its public key; nothing about a person. */
export type QrPayload = { ticketId: string; eventId: string; label: string; revision: number; keyId: string };

/** A code taken apart: `signed` is the text its `signature` covers. Nothing is proven yet. */
export type ReadCode = { payload: QrPayload; signed: string; signature: Uint8Array };

const version = 'BO1';
/** UTF-16 units; a code of ours has about 290, a reader at the door may send anything. */
export const maxCodeLength = 2000;
const signatureBytes = 64;

/** 'BO1.<base64url payload>': the text that is signed. One-letter names keep the image small enough for a phone held at arm's length. */
export function signedPartOf({ ticketId, eventId, label, revision, keyId }: QrPayload): string {
  const compact = JSON.stringify({ t: ticketId, e: eventId, s: label, r: revision, k: keyId });
  return `${version}.${Buffer.from(compact).toString('base64url')}`;
}

/** 'BO1.<base64url payload>.<base64url Ed25519 signature>'. */
export const codeOf = (signedPart: string, signature: Uint8Array): string => `${signedPart}.${Buffer.from(signature).toString('base64url')}`;

/** Takes a code apart; null for everything that cannot be one of ours, whoever signed it. */
export function readCode(text: string): ReadCode | null {
  if (text.length > maxCodeLength) return null;
  const [prefix, payloadText, signatureText, ...rest] = text.split('.');
  if (prefix !== version || payloadText === undefined || signatureText === undefined || rest.length > 0) return null;
  const signature = bytesOf(signatureText);
  const payload = payloadOf(bytesOf(payloadText));
  if (signature?.length !== signatureBytes || !payload) return null;
  return { payload, signed: `${prefix}.${payloadText}`, signature };
}

/** Only the one canonical spelling: Buffer alone skips over foreign characters and loose trailing bits. */
function bytesOf(base64url: string): Buffer | null {
  const bytes = Buffer.from(base64url, 'base64url');
  return bytes.toString('base64url') === base64url ? bytes : null;
}

function payloadOf(bytes: Buffer | null): QrPayload | null {
  if (!bytes) return null;
  let raw: unknown;
  try {
    raw = JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
  if (typeof raw !== 'object' || raw === null) return null;
  const { t, e, s, r, k } = raw as Record<string, unknown>; // a parsed JSON object; every field is checked below
  if (!Id.safeParse(t).success || !Id.safeParse(e).success) return null;
  if (typeof t !== 'string' || typeof e !== 'string' || typeof s !== 'string' || typeof k !== 'string') return null;
  if (typeof r !== 'number' || !Number.isSafeInteger(r) || r < 1) return null;
  return { ticketId: t, eventId: e, label: s, revision: r, keyId: k };
}
