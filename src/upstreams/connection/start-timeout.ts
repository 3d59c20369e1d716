import type { UpstreamEntry } from '../file/upstream.entry.js';

/** Connecting and the first listing together, in milliseconds; and for what may have to be downloaded first. */
export const START_TIMEOUT_MS = 30_000;
export const DOWNLOAD_TIMEOUT_MS = 120_000;

/** What fetches a package, or an image, before it runs. */
const RUNNERS: ReadonlySet<string> = new Set([
  ...[
    'npx',
    'npm',
    'pnpm',
    'pnpx',
    'yarn',
    'bun',
    'bunx',
    'deno',
    'uv',
    'uvx',
    'pipx',
    'pip-run',
    'hatch',
    'pixi',
  ],
  ...[
    'docker',
    'docker-compose',
    'podman',
    'podman-compose',
    'nerdctl',
    'container',
    'kubectl',
    'nix',
    'nix-shell',
  ],
  ...['go', 'cargo', 'dotnet', 'dnx', 'jbang', 'mvn', 'gradle', 'gem', 'bundle', 'mise', 'volta'],
]);
/** What runs another command that stands among its arguments. */
const WRAPPERS: ReadonlySet<string> = new Set([
  ...['env', 'cmd', 'sh', 'bash', 'zsh', 'dash', 'nice', 'timeout', 'sudo', 'stdbuf', 'wsl'],
]);
/** So many arguments of a wrapper are looked at. */
const MAX_LOOKED_AT = 10;

const nameOf = (command: string): string =>
  command
    .slice(Math.max(command.lastIndexOf('/'), command.lastIndexOf('\\')) + 1)
    .toLowerCase()
    .replace(/\.(exe|cmd|bat|ps1)$/, '');

/** How long an upstream may take to come up, in milliseconds. */
export function startTimeoutOf(entry: UpstreamEntry): number {
  if (entry.startTimeoutMs !== undefined) return entry.startTimeoutMs;
  return entry.kind === 'stdio' && downloads(entry) ? DOWNLOAD_TIMEOUT_MS : START_TIMEOUT_MS;
}

function downloads({ command, args }: { command: string; args: readonly string[] }): boolean {
  const name = nameOf(command);
  if (RUNNERS.has(name)) return true;
  if (!WRAPPERS.has(name)) return false;
  // A shell has its command in one argument.
  const words = args.slice(0, MAX_LOOKED_AT).flatMap((one) => one.slice(0, 200).split(' '));
  return words.some((word) => RUNNERS.has(nameOf(word)));
}
