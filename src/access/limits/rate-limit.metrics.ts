import { counterProvider } from '../../observability/metric.providers.js';

export const FALLBACKS_METRIC = 'mcpo_rate_limit_fallbacks_total';

export const RATE_LIMIT_METRIC_PROVIDERS = [
  counterProvider({
    name: FALLBACKS_METRIC,
    help: 'Hits that Redis did not count: counted by this replica alone, or refused with RATE_LIMIT_ON_STORE_FAILURE=deny.',
  }),
];
