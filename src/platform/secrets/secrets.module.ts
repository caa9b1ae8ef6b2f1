import { Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { KeyCheck } from './key-check.js';
import { SecretBox } from './secret-box.js';

@Global()
@Module({
  providers: [
    KeyCheck,
    {
      provide: SecretBox,
      inject: [CONFIG],
      useFactory: (config: Config) =>
        SecretBox.open({
          secretKey: config.SECRET_KEY,
          previousKey: config.SECRET_KEY_PREVIOUS,
          dataDir: config.DATA_DIR,
        }),
    },
  ],
  exports: [SecretBox],
})
export class SecretsModule {}
