import { readFileSync } from 'node:fs';
import { NATIVE_TOOLS } from '../../../test/helpers/native-tools.js';

const PROMPT = readFileSync(new URL('./network-engineer.md', import.meta.url), 'utf8');

describe('The system prompt of the chat', () => {
  const named = new Set(PROMPT.match(/\b(network|policy)_[a-z_]+/g));

  it('names every tool that the server brings along, and none that it does not', () => {
    named.delete('policy_denied');
    expect([...named].sort()).toEqual(NATIVE_TOOLS);
  });
});
