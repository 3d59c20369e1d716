// The key is kept in this closure alone: in no storage, no URL, no cookie.
(() => {
  const form = document.getElementById('key-form');
  const field = document.getElementById('key');
  const problem = document.getElementById('problem');
  // Relative, for a proxy that serves all of this under a path of its own.
  const base = new URL('.', location.href).href;

  async function documentFor(key) {
    const response = await fetch(`${base}openapi.json`, { headers: { authorization: `Bearer ${key}` } });
    const body = await response.json();
    if (!response.ok) throw new Error(`${body.detail}. ${body.mend ?? ''}`);
    return { ...body, servers: [{ url: base }] };
  }

  function show(key, spec) {
    form.hidden = true;
    window.SwaggerUIBundle({
      spec,
      dom_id: '#tools',
      deepLinking: true,
      tryItOutEnabled: true,
      persistAuthorization: false,
      queryConfigEnabled: false,
      // No third party is asked about the document.
      validatorUrl: null,
      requestInterceptor: (request) => {
        request.headers.Authorization ??= `Bearer ${key}`;
        return request;
      },
    });
  }

  async function open() {
    problem.textContent = '';
    const key = field.value.trim();
    try {
      show(key, await documentFor(key));
      field.value = '';
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
