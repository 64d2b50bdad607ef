import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import {
  type DataFileChange,
  type DataFileUpload,
  type DataFilesAnswer,
  type RowsPreview,
  dataFileChange,
  dataFileId,
  dataFileUpload,
  dataFilesAnswer,
  rowsPreview,
} from '@gemba/contracts/data-file'
import { z } from 'zod'
import { CurrentActor, CurrentPrincipal } from '../../accounts/current-principal.guard.ts'
import type { Principal } from '../../accounts/principal.ts'
import type { Actor } from '../../audit/audit.service.ts'
import { Answers } from '../../http/answers.ts'
import { Fault } from '../../http/fault.ts'
import { OpenTo, Policy } from '../../http/policy.ts'
import type { RawRequest } from '../../http/raw-body.ts'
import { Costs } from '../../http/request-cost.ts'
import { DataFiles } from './data-files.service.ts'

/** A name is shown, never used as a path. */
const uploadQuery = z.object({
  fileName: z
    .string()
    .min(1)
    .max(200)
    .refine((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), 'one line without control characters'),
})

/** Uploaded files that reports read. */
@ApiTags('reports')
@Controller('api/data-files')
@Policy('signed-in')
@OpenTo({ scope: null })
export class DataFilesController {
  constructor(private readonly files: DataFiles) {}

  @Get()
  @Answers(dataFilesAnswer, 'Files of which the caller may see a row, or that the caller may change.')
  list(@CurrentPrincipal() principal: Principal): Promise<DataFilesAnswer> {
    return this.files.list(principal)
  }

  @Post('uploads')
  @Costs(20)
  @HttpCode(200)
  @Answers(dataFileUpload, 'What was read of the file; in no dataset yet.')
  upload(
    @Req() request: RawRequest,
    @Query({ schema: uploadQuery }) { fileName }: z.infer<typeof uploadQuery>,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<DataFileUpload> {
    return this.files.upload(request.rawBody ?? Buffer.alloc(0), fileName, { principal, actor })
  }

  @Put(':file')
  @Answers(dataFilesAnswer, 'Files as they are now.')
  change(
    @Param('file') file: string,
    @Body({ schema: dataFileChange }) change: DataFileChange,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<DataFilesAnswer> {
    if (!dataFileId.safeParse(file).success) throw new Fault('INPUT_INVALID', {}, WRONG_ID)
    return this.files.change(file, change, { principal, actor })
  }

  @Get(':file/rows')
  @Costs(5)
  @Answers(rowsPreview, 'The first rows that the caller may see.')
  rows(
    @Param('file') file: string,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<RowsPreview> {
    return this.files.preview(file, { principal, actor })
  }

  @Delete(':file')
  @Answers(dataFilesAnswer, 'Files as they are now.')
  remove(
    @Param('file') file: string,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<DataFilesAnswer> {
    return this.files.remove(file, { principal, actor })
  }
}

const WRONG_ID = {
  zh: '标识只用小写字母、数字和连字符，最多 60 个',
  en: 'an id has small letters, digits and hyphens, at most 60',
}
