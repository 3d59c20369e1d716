import { open } from 'node:fs/promises';

/** The beginning of a small file of the system; empty where there is none that can be read. */
export async function beginningOfFile(path: string, maxBytes: number): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return '';
  } finally {
    await file.close();
  }
}
