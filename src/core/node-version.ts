/**
 * What is wrong with the Node.js that runs us, in one sentence with its cure; `undefined` when it is new enough.
 *
 * @param running such as `v24.1.0`
 * @param engines of package.json, such as `>=22.19`
 */
export function tooOldNode(running: string, engines: string): string | undefined {
  const [wanted, present] = [engines, running].map(
    (text) => /(\d{1,4})\.(\d{1,4})/.exec(text)?.slice(1).map(Number) ?? [],
  );
  const [major = 0, minor = 0] = wanted ?? [];
  const [ownMajor = 0, ownMinor = 0] = present ?? [];
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return undefined;
  return (
    `This is Node.js ${running}, and the server needs ${major}.${minor} or later: start it with "npm start", ` +
    'which uses the one that "npm ci" has installed, or with node_modules/.bin/node.'
  );
}
