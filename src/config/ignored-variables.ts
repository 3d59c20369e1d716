/** Prefixes that this server has for itself, as a rule. */
const OURS = /^(MCP|RATE_LIMIT|CIRCUIT_BREAKER|OUTBOUND|AUDIT|SHUTDOWN)_/;
/** What Kubernetes sets in every pod for each Service, such as MCP_CHAT_PORT_80_TCP_ADDR. */
const SERVICE_LINK = /_SERVICE_HOST$|_PORT$|_SERVICE_PORT_\w|_PORT_\d{1,5}_(TCP|UDP)(_|$)/;

/**
 * A sentence for each variable that looks like a setting and is none: a typing error, or a setting of an older server.
 */
export function ignoredVariables(variables: NodeJS.ProcessEnv, known: readonly string[]): string[] {
  return Object.keys(variables)
    .filter((name) => OURS.test(name) && !SERVICE_LINK.test(name) && !known.includes(name))
    .map((name) => `${name} is set, and there is no such setting: it is ignored`);
}
