import { SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = 'mcpo:public';
export const KNOWS_KEYS = 'mcpo:knows-keys';

/** Marks a controller or handler as open: no key is needed, and no rate limit is counted. */
export const Public = (): ClassDecorator & MethodDecorator => SetMetadata(IS_PUBLIC, true);

/** Marks what is open and shows more to whoever has a good key: a wrong one there is a guess like any other. */
export const KnowsKeys = (): ClassDecorator & MethodDecorator => SetMetadata(KNOWS_KEYS, true);
