import { v5, v7 } from 'uuid';

/** A new id: UUID version 7, so that ids made later sort later. */
export const newId = (): string => v7();

/** The id that this name has in this namespace (a UUID): the same every time. UUID version 5. */
export const derivedId = (namespace: string, name: string): string => v5(name, namespace);
