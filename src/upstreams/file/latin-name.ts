import anyAscii from 'any-ascii';

/** UTF-16 units of a name that are looked at: what comes of it is cut to far less. */
const MAX_LOOKED_AT = 1024;

/** The name of an entry; one in another script altogether is spelled in Latin letters. */
export const latinName = (name: string): string =>
  /[A-Za-z]/.test(name) ? name : anyAscii(name.slice(0, MAX_LOOKED_AT));
