/** RFC 1876, 2: thousandths of a second of arc from the equator and the prime meridian, centimetres from -100 km. */
const MIDDLE = 0x8000_0000;
const MS_OF_DEGREE = 3_600_000;
const SEA_LEVEL_CM = 10_000_000;
const MAX_DIGIT = 9;

/**
 * The data of a LOC record as a master file has them: latitude, longitude, altitude, size, and how exact they are.
 *
 * @throws RangeError for what is no place on earth, or of another version.
 */
export function locationText(data: Buffer): string {
  if (data.length !== 16 || data[0] !== 0) throw new RangeError('no location of version 0');
  const [, size, horizontal, vertical] = data;
  return [
    angleText(data.readUInt32BE(4), 90, 'N', 'S'),
    angleText(data.readUInt32BE(8), 180, 'E', 'W'),
    `${((data.readUInt32BE(12) - SEA_LEVEL_CM) / 100).toFixed(2)}m`,
    ...[size, horizontal, vertical].map((byte) => precisionText(byte!)),
  ].join(' ');
}

function angleText(value: number, most: number, ahead: string, behind: string): string {
  const ms = Math.abs(value - MIDDLE);
  if (ms > most * MS_OF_DEGREE) throw new RangeError('off the earth');
  const degrees = Math.floor(ms / MS_OF_DEGREE);
  const minutes = Math.floor((ms % MS_OF_DEGREE) / 60_000);
  return `${degrees} ${minutes} ${((ms % 60_000) / 1000).toFixed(3)} ${value < MIDDLE ? behind : ahead}`;
}

/** A digit and a power of ten, in centimetres. */
function precisionText(byte: number): string {
  const [digit, power] = [byte >> 4, byte & 15];
  if (digit > MAX_DIGIT || power > MAX_DIGIT) throw new RangeError('no precision');
  const centimetres = digit * 10 ** power;
  return power > 1 ? `${centimetres / 100}m` : `${(centimetres / 100).toFixed(2)}m`;
}
