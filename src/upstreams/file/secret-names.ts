const SECRET_NAME = /auth|key|token|secret|pass|pwd|credential|cookie|dsn|_ur[il]$/i;

/** Whether what is called so may be a secret: a variable, a header, an option. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);
