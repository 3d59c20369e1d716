import type { Client } from '../core/client.port.js';
import { AppError } from '../core/errors.js';

/** A client over REST: there is no way to ask it anything, and it wants no log messages. */
export const UNASKABLE: Client = {
  capabilities: Object.freeze({}),
  ask: (requests) => {
    const methods = [...new Set(Object.values(requests).map(({ method }) => method))];
    const error = new AppError('missing_client_capability', {
      detail: `The tool has to ask its caller (${methods.join(', ')}), and a caller over REST cannot be asked`,
      mend: 'Call it over MCP, with a client that can be asked.',
    });
    return Promise.reject(error);
  },
  log: () => undefined,
};
