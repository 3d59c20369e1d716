import { Environment } from './environment.js';
import { ignoredVariables } from './ignored-variables.js';
import { loadConfiguration } from './configuration.loader.js';

describe(ignoredVariables.name, () => {
  it('names what looks like a setting and is none, without its value', () => {
    const { warnings } = loadConfiguration({ NODE_ENV: 'test', MCP_API_KEY: 'secret', RATE_LIMIT_MAX: '5' });
    expect(warnings.filter((warning) => warning.includes('ignored'))).toEqual([
      'MCP_API_KEY is set, and there is no such setting: it is ignored',
      'RATE_LIMIT_MAX is set, and there is no such setting: it is ignored',
    ]);
  });

  it('leaves settings, other programs and what Kubernetes sets alone', () => {
    const known = Object.keys(new Environment());
    const others = [
      'PATH',
      'LOG_FORMAT',
      'MCP_CHAT_SERVICE_HOST',
      'MCP_CHAT_PORT_80_TCP_ADDR',
      'MCP_CHAT_PORT',
    ];
    const variables = Object.fromEntries([...known, ...others].map((name) => [name, 'x']));
    expect(ignoredVariables(variables, known)).toEqual([]);
  });
});
