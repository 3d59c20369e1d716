/**
 * The text without the characters at its end that `unwanted` matches, one character each. Looks at those alone: a
 * regular expression such as `[.\s]+$` begins anew at each of them wherever they stand, which takes quadratic time.
 */
export function trimEnd(text: string, unwanted: RegExp): string {
  let end = text.length;
  while (end > 0 && unwanted.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
