import { readFileSync } from 'node:fs';

interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly engines: { readonly node: string };
}

// package.json stands two levels up from here, in src/ and in dist/ alike.
const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as PackageManifest;

/** Name and version under which the server introduces itself, and which Node.js it needs. */
export const PRODUCT = {
  name: manifest.name,
  title: 'MCPO MCP Server',
  version: manifest.version,
  node: manifest.engines.node,
} as const;
