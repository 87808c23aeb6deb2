/** The form in which two spellings of an e-mail address are the same: trimmed, lower case, composed. */
export const normaliseEmail = (email: string): string => email.trim().normalize('NFC').toLowerCase();
