/** Whether a text is a Redis URL that we can connect to: redis:// or rediss:// (TLS), with a host. */
export function isRedisUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^rediss?:$/.test(url.protocol) && url.hostname !== '';
}
