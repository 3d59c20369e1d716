const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds in a text such as `90d`, `24h`, `15m`, `30s` or `500ms`; `undefined` for any other. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
}

/** The time that a text names: a span from now, a day (its beginning in UTC) or a time of RFC 3339. */
export function parseTime(text: string, now: number): Date | undefined {
  const span = parseDuration(text);
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const time = span === undefined ? new Date(isTime ? text : NaN) : new Date(now + span);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
