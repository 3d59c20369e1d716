import { dirname, basename } from 'node:path';
import { findCommand } from './command-path.js';

const [directory, program] = [dirname(process.execPath), basename(process.execPath)];

describe(findCommand, () => {
  it('finds a program in the directories of PATH, in their order', () => {
    expect(findCommand(program, `/nonexistent:${directory}`)).toBe(process.execPath);
    expect(findCommand('sh', '/bin:/usr/bin')).toBe('/bin/sh');
  });

  it('takes a path as it is, from the working directory of the entry if it is relative', () => {
    expect(findCommand(process.execPath, '')).toBe(process.execPath);
    expect(findCommand(`./${program}`, '', directory)).toBe(process.execPath);
  });

  it('finds neither what is not there, nor what is no program, nor anything relative in PATH', () => {
    expect(findCommand('no-such-program', directory)).toBeUndefined();
    expect(findCommand('/etc/passwd', '')).toBeUndefined();
    expect(findCommand('/etc', '')).toBeUndefined();
    expect(findCommand(program, '.:bin:')).toBeUndefined();
  });
});
