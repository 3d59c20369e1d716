import type { Provider } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { counterProvider } from '../../observability/metric.providers.js';
import { Issuers } from './issuers.service.js';
import { OAuthRefusals } from './oauth.refusals.js';
import { OAuthVerifier } from './oauth.verifier.js';
import { ScopeMap } from './scope-map.js';

/** What the access module needs for OAuth; without OAUTH_ISSUER all of it is idle. */
export const OAUTH_PROVIDERS: Provider[] = [
  counterProvider({
    name: 'mcpo_oauth_tokens_total',
    help: 'Access tokens that were examined, by outcome (ok, or why not). One that is known already is not examined again.',
    labelNames: ['outcome'],
  }),
  counterProvider({
    name: 'mcpo_oauth_key_fetches_total',
    help: 'Times that the keys of an issuer were fetched, by outcome (ok, failed).',
    labelNames: ['issuer', 'outcome'],
  }),
  {
    provide: ScopeMap,
    inject: [Configuration],
    useFactory: ({ access: { oauth } }: Configuration) => new ScopeMap(oauth),
  },
  Issuers,
  OAuthRefusals,
  OAuthVerifier,
];
