import type { Command } from './command.js';

const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['policy', async (): Promise<Command> => (await import('./policy.command.js')).policyCommand],
  ['keys', async (): Promise<Command> => (await import('./keys.command.js')).keysCommand],
  ['audit', async (): Promise<Command> => (await import('./audit.command.js')).auditCommand],
]);

/** Runs the command that the arguments of the program begin with. Answers whether there is one. */
export async function runCommand([word = '', ...rest]: readonly string[]): Promise<boolean> {
  const command = await COMMANDS.get(word)?.();
  if (command === undefined) return false;
  process.exitCode = await command(rest, {
    out: (text) => process.stdout.write(text),
    notes: (text) => process.stderr.write(text),
  });
  return true;
}
