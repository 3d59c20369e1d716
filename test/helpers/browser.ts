/** A user with a browser: follows redirects, keeps cookies, and fills in the forms of the authorization server. */
export class Browser {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly user: string) {}

  /** Opens the page and does what it asks, until the way leads to `callback`. Answers that URL. */
  async authorize(start: URL, callback: string): Promise<URL> {
    let url = start;
    let form: URLSearchParams | undefined;
    for (let step = 0; step < 20; step += 1) {
      if (url.href.startsWith(callback)) return url;
      const response = await this.send(url, form);
      const location = response.headers.get('location');
      const page = await response.text();
      if (location !== null) {
        url = new URL(location, url);
        form = undefined;
      } else {
        const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1];
        if (action === undefined)
          throw new Error(`${url.href} answered ${response.status}: ${page.slice(0, 500)}`);
        url = new URL(action, url);
        form = this.fillIn(page);
      }
    }
    throw new Error(`${start.href} leads nowhere`);
  }

  private fillIn(page: string): URLSearchParams {
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? '';
    return new URLSearchParams({ prompt, ...(prompt === 'login' && { login: this.user, password: 'any' }) });
  }

  private async send(url: URL, form: URLSearchParams | undefined): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form !== undefined && { method: 'POST', body: form }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) this.cookies.set(name, value);
    }
    return response;
  }
}
