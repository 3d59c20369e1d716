import { trimEnd } from '../../core/trim-end.js';

/** What a document calls something, in the characters of tool names (MCP 2025-11-25, server/tools, "Tool Names"). */
export const cleanName = (text: string): string =>
  trimEnd(text.replaceAll(/[^A-Za-z0-9_.-]+/g, '_').replace(/^_+/, ''), /_/);
