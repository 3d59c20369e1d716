import { tooOldNode } from './node-version.js';

describe(tooOldNode.name, () => {
  it.each(['v22.19.0', 'v22.20.1', 'v24.0.0', 'v100.1.0'])('is content with %s', (running) => {
    expect(tooOldNode(running, '>=22.19')).toBeUndefined();
  });

  it.each(['v22.18.9', 'v20.20.2', 'v9.100.0'])('names the cure for %s', (running) => {
    expect(tooOldNode(running, '>=22.19')).toMatch(
      new RegExp(`^This is Node\\.js ${running}, and the server needs 22\\.19 or later: .*"npm start"`),
    );
  });
});
