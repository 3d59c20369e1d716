import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Configuration } from '../config/configuration.js';
import { AppError } from '../core/errors.js';
import { PRODUCT } from '../core/product.js';
import { Public } from '../core/public.decorator.js';
import { PageFiles } from './page/page-files.service.js';

interface Place {
  readonly path: string;
  readonly what: string;
}

/** `GET /`: what answers here, and where to go on. It says nothing that `/status` does not say to everybody. */
@Public()
@Controller()
export class WelcomeController {
  private readonly places: readonly Place[];
  private readonly page: string;

  constructor(
    @Inject(Configuration) { metrics }: Configuration,
    private readonly files: PageFiles,
  ) {
    this.places = [
      { path: '/health', what: 'whether it is well' },
      { path: '/status', what: 'what it is doing' },
      ...(metrics.enabled ? [{ path: '/metrics', what: 'figures for Prometheus' }] : []),
    ];
    this.page = pageWith(this.places);
  }

  /**
   * The status page for whoever asks for HTML (RFC 9110, 12.5.1), or a few words of HTML where it is off; where to go
   * on as JSON for everybody else.
   */
  @Get()
  welcome(@Req() request: Request, @Res() response: Response): void {
    // Express takes `//` for it, as it takes a slash at the end of any path.
    if (request.path !== '/')
      throw new AppError('not_found', { detail: 'Nothing is served under this path' });
    response.vary('Accept');
    if (request.accepts(['json', 'html']) === 'html') {
      if (this.files.isOn) this.files.sendDocument(request, response);
      else response.type('html').send(this.page);
      return;
    }
    const paths = this.places.map(({ path }) => path);
    response.json({ name: PRODUCT.name, version: PRODUCT.version, mcp: '/mcp', see: paths });
  }
}

// Without a style or a script: the content security policy forbids both. The links are relative, for a proxy that
// serves all of this under a path of its own.
const pageWith = (places: readonly Place[]): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${PRODUCT.title}</title>
</head>
<body>
<h1>${PRODUCT.title} ${PRODUCT.version}</h1>
<p>It is running. MCP clients connect to <code>/mcp</code>, by POST and with an API key; a browser cannot.</p>
<ul>
${places.map(({ path, what }) => `<li><a href="${path.slice(1)}">${path}</a>: ${what}</li>`).join('\n')}
</ul>
<p>How to connect a client: <code>docs/tutorial.md</code>, beside the server.</p>
</body>
</html>
`;
