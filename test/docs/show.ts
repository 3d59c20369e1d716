import { hostname } from 'node:os';

/** Compares what a command prints with what a page shows: `...` stands for anything, and accidents are left out. */
expect.extend({
  toShow(printed: string, documented: string) {
    const actual = withoutAccidents(printed);
    const expected = withoutAccidents(documented);
    const pattern = expected
      .split('...')
      .map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join('.*');
    return {
      pass: new RegExp(`^${pattern}$`, 's').test(actual),
      message: () => `The page shows:\n${documented}\n\nThe command prints:\n${printed}`,
    };
  },
});

/** What differs from machine to machine and from run to run, made equal. */
const withoutAccidents = (text: string): string =>
  text
    .replaceAll('\r', '')
    .replaceAll(hostname(), 'HOST')
    .replace(/(Seen from )[^ ,.]+/g, '$1HOST')
    .replace(/("(?:host|replica)":")[^":]+/g, '$1HOST')
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'UUID')
    .replace(/\d+(\.\d+)?/g, '0')
    .replace(/\s+/g, ' ')
    .trim();

declare global {
  namespace jest {
    interface Matchers<R> {
      toShow(documented: string): R;
    }
  }
}
