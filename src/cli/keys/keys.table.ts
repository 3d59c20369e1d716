import type { ListedKey } from './keys.commands.js';

/** The keys as a table for people. */
export function keysTable(keys: readonly ListedKey[]): string {
  if (keys.length === 0) return 'There are no keys.\n';
  const rows = [
    ['NAME', 'FINGERPRINT', 'STATE', 'EXPIRES', 'SCOPES', 'FURTHER'],
    ...keys.map((key) => [
      key.name,
      key.fingerprint,
      key.state,
      key.expires ?? 'never',
      key.scopes.join(' '),
      furtherOf(key).join('; '),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function furtherOf({ tools, rateLimit, addresses, previous }: ListedKey): string[] {
  return [
    ...(tools?.allow ? [`allow ${tools.allow.join(' ')}`] : []),
    ...(tools?.deny ? [`deny ${tools.deny.join(' ')}`] : []),
    ...(rateLimit ? [`${rateLimit.maxRequests} requests in ${rateLimit.windowMs / 1000} s`] : []),
    ...(addresses ? [`from ${addresses.join(' ')}`] : []),
    ...(previous ?? []).map((one) => `former ${one.fingerprint} until ${one.expires}`),
  ];
}
