import { AppError } from '../core/errors.js';

/**
 * The outcome of work on a store. One that does not answer is our trouble, and it passes; a refusal of the store goes
 * on.
 *
 * @throws AppError `storage_unavailable`, `storage_full`
 */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('storage_unavailable', {
      detail: 'What is kept between requests cannot be reached now',
      retryAfterMs: 1000,
      cause: error,
    });
  }
}
