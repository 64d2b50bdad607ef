import { Global, Module } from '@nestjs/common'
import { SignableRecords } from './signable-records.service.ts'
import { SignaturesController } from './signatures.controller.ts'
import { SignaturesService } from './signatures.service.ts'

@Global()
@Module({
  controllers: [SignaturesController],
  providers: [SignableRecords, SignaturesService],
  exports: [SignableRecords, SignaturesService],
})
export class SignaturesModule {}
