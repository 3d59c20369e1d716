import { isIP } from 'node:net';

/** The addresses that a file of the form of hosts(5) has for a name, in its order. */
export function addressesInHosts(text: string, name: string): string[] {
  const wanted = plain(name);
  // A list of names to be blocked has a hundred thousand lines.
  if (!text.toLowerCase().includes(wanted)) return [];
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.split('#', 1)[0]!.trim().split(/\s+/);
    return isIP(address) !== 0 && names.some((other) => plain(other) === wanted) ? [address] : [];
  });
}

const plain = (name: string): string => name.toLowerCase().replace(/\.$/, '');
