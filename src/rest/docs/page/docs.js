// The key is kept in this closure alone: in no storage, no URL, no cookie.
(() => {
  const form = document.getElementById('key-form');
  const field = document.getElementById('key');
  const problem = document.getElementById('problem');
  const tools = document.getElementById('tools');
  // Relative, for a proxy that serves all of this under a path of its own.
  const base = new URL('.', location.href).href;

  const dark = matchMedia('(prefers-color-scheme: dark)');
  const followTheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', followTheme);
  followTheme();

  async function documentFor(key) {
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(`${base}openapi.json`, { headers, cache: 'no-store' }).catch(
      () => undefined,
    );
    if (response === undefined) throw new Error('The server does not answer.');
    // What stands in front may answer, and not in JSON.
    const body = await response.json().catch(() => ({}));
    if (response.ok) return { ...body, servers: [{ url: base }] };
    const said = body.detail ?? body.title ?? `The server has answered with status ${response.status}`;
    // The words on headers are for programs.
    if (response.status === 401) throw new Error(`${said}.`);
    const seconds = response.headers.get('retry-after');
    const wait = seconds === null ? '' : ` It may be asked again in ${seconds} s.`;
    throw new Error(`${said}. ${body.mend ?? ''}${wait}`);
  }

  // There is one server and one key, which is in use: nothing of it is to be chosen.
  const nothing = () => () => null;
  const withoutChoices = {
    wrapComponents: {
      ServersContainer: nothing,
      AuthorizeBtnContainer: nothing,
      authorizeOperationBtn: nothing,
    },
  };

  /** An operation that is not read yet has no id: pressed then, the button would stay pressed for ever. */
  const executeWhenRead = {
    wrapComponents: {
      execute: (Execute, { React }) =>
        function ExecuteWhenRead(props) {
          const read = props.specSelectors.specResolvedSubtree(['paths', props.path, props.method]);
          return React.createElement(Execute, { ...props, disabled: props.disabled || read === undefined });
        },
    },
  };

  /** Swagger UI gives these fields no names, and the keyboard no way into what scrolls. */
  function complete() {
    for (const text of tools.querySelectorAll('textarea:not([aria-label])'))
      text.setAttribute('aria-label', 'Arguments as JSON');
    for (const choice of tools.querySelectorAll('select:not([aria-label])'))
      choice.setAttribute('aria-label', 'Media type');
    for (const scrolled of tools.querySelectorAll('pre:not(.version, [tabindex])')) scrolled.tabIndex = 0;
  }

  function show(key, spec) {
    form.hidden = true;
    new MutationObserver(complete).observe(tools, { childList: true, subtree: true });
    window.SwaggerUIBundle({
      spec,
      dom_id: '#tools',
      // A link within a button is none for whoever works with the keyboard.
      deepLinking: false,
      tryItOutEnabled: true,
      defaultModelsExpandDepth: -1,
      // Its colours are hard to read, and it takes long over long answers.
      syntaxHighlight: false,
      persistAuthorization: false,
      queryConfigEnabled: false,
      plugins: [withoutChoices, executeWhenRead],
      // No third party is asked about the document.
      validatorUrl: null,
      requestInterceptor: (request) => ({
        ...request,
        headers: { ...request.headers, Authorization: `Bearer ${key}` },
      }),
      // The command for curl is that of the request without the key.
      showMutatedRequest: false,
    });
  }

  async function open() {
    problem.textContent = '';
    const key = field.value.trim();
    try {
      show(key, await documentFor(key));
      field.value = '';
      tools.tabIndex = -1;
      tools.focus();
    } catch (error) {
      problem.textContent = error.message;
      field.focus();
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void open();
  });
})();
