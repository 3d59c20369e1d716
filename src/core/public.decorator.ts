import { SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = 'mcpo:public';

/** Marks a controller or handler as open: no key is needed, and no rate limit is counted. */
export const Public = (): ClassDecorator & MethodDecorator => SetMetadata(IS_PUBLIC, true);
