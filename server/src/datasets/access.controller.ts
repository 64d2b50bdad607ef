import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Put, Query } from '@nestjs/common'
import { ApiQuery, ApiTags } from '@nestjs/swagger'
import {
  type AccessOverview,
  type ConditionVerdict,
  type ExplainAnswer,
  type FactsAnswer,
  type GrantDefinition,
  type PreviewAnswer,
  accessOverview,
  action,
  columnRule,
  conditionCheck,
  conditionVerdict,
  explainAnswer,
  factsAnswer,
  folderDefinition,
  grantDefinition,
  groupDefinition,
  newGrant,
  objectKind,
  placedObject,
  previewAnswer,
  previewRequest,
  roleDefinition,
  rowRule,
  userProfile,
} from '@gemba/contracts/rights'
import { OWN_ATTRIBUTES } from '@gemba/engine/rights/condition'
import { FACTS, factNamed } from '@gemba/engine/rights/facts'
import { z } from 'zod'
import { CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import { rowRuleFault } from '../accounts/rights/rights-checks.service.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { RightsStore } from '../accounts/rights/rights-store.service.ts'
import { ReviewSettingsService } from '../changes/review-settings.service.ts'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { OpenTo, Policy, ReadsOnly } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { AccessService } from './access.service.ts'
import { placeRow } from './data-gate.ts'
import { type LeakReport, LeakTest } from './leak-test.service.ts'
import { RulePreview } from './rule-preview.service.ts'

const LOOK = { may: 'view', on: { kind: 'setting', id: 'grants' } } as const
const SHARE = { may: 'share', on: { kind: 'setting', id: 'grants' } } as const
const ADMINISTER = { may: 'administer', on: { kind: 'setting', id: 'access' } } as const

const cells = z.record(z.string().max(40), z.union([z.string(), z.number(), z.boolean(), z.null()]))
const folderQuery = z.object({ path: folderDefinition.shape.path, content: z.enum(['refuse', 'up']).default('refuse') })
const explainQuery = z.object({
  user: z.string().max(100).optional(),
  action: action.default('view'),
  /** `kind:id`, or a fact with a row or a place. */
  object: z
    .string()
    .max(120)
    .regex(/^[a-z]+:.+$/),
  place: z.string().max(200).optional(),
  row: z
    .string()
    .max(4_000)
    .transform((text, context) => {
      try {
        return cells.parse(JSON.parse(text))
      } catch {
        context.addIssue('row is a JSON object of columns')
        return z.NEVER
      }
    })
    .optional(),
  column: z.string().max(40).optional(),
})

const leakReport = z.object({
  cases: z.int(),
  rows: z.int(),
  leaks: z.int(),
  falseDenials: z.int(),
  differences: z.array(z.string()),
})

/** Roles, groups, grants and rules: who may do what, and why. */
@ApiTags('access')
@Controller('api/access')
@OpenTo({ scope: null })
export class AccessController {
  constructor(
    private readonly access: AccessService,
    private readonly rights: RightsService,
    private readonly store: RightsStore,
    private readonly rulePreview: RulePreview,
    private readonly leaks: LeakTest,
    private readonly review: ReviewSettingsService,
  ) {}

  @Get('overview')
  @Policy(LOOK)
  @Answers(accessOverview, 'Users, groups, roles, grants and rules.')
  overview(@CurrentPrincipal() principal: Principal): Promise<AccessOverview> {
    return this.access.overview(principal)
  }

  @Get('facts')
  @Policy(LOOK)
  @Answers(factsAnswer, 'Facts with their columns, and attributes of users, that rules may name.')
  facts(): FactsAnswer {
    return {
      facts: FACTS.map(({ id, name, columns }) => ({
        id,
        name,
        columns: columns.map(({ name: column, type, label, masks }) => ({
          name: column,
          type,
          label,
          masks: [...(masks ?? [])],
        })),
      })),
      attributes: [...OWN_ATTRIBUTES, ...this.rights.model.attributes],
    }
  }

  @Get('explain')
  @Policy('signed-in')
  @ApiQuery({ name: 'user', required: false, description: 'an account; the own one without it' })
  @ApiQuery({ name: 'action', required: false, enum: action.options })
  @ApiQuery({ name: 'object', required: true, description: 'board:oee, report:…, dataset:order …' })
  @ApiQuery({ name: 'place', required: false, description: 'path of an equipment' })
  @ApiQuery({ name: 'row', required: false, description: 'for a dataset: a JSON object of columns' })
  @ApiQuery({ name: 'column', required: false })
  @Answers(explainAnswer, 'Why somebody can or cannot: the chain of groups, grants, roles, scopes and rules.')
  explain(
    @Query({ schema: explainQuery }) query: z.output<typeof explainQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ExplainAnswer> {
    const [kind, ...rest] = query.object.split(':')
    const object = { kind: objectKind.safeParse(kind).data, id: rest.join(':') }
    if (object.kind === undefined) throw new Fault('INPUT_INVALID', { fields: 'object' })
    const fact = object.kind === 'dataset' ? factNamed(object.id) : null
    const row = query.row ?? (query.place === undefined ? undefined : placeRow(query.place))
    const isRow = fact !== null && row !== undefined
    return this.access.explain(principal, query.user ?? principal.user, {
      action: query.action,
      object: { kind: object.kind, id: object.id },
      ...(isRow ? { row: { fact, row }, column: query.column } : { place: query.place }),
    })
  }

  @Get('inventory')
  @Costs(50)
  @Policy({ may: 'export', on: { kind: 'setting', id: 'grants' } })
  @Header('content-type', 'text/csv; charset=utf-8')
  @Header('content-disposition', 'attachment; filename="rights.csv"')
  inventory(@CurrentPrincipal() principal: Principal): Promise<string> {
    return this.access.inventory(principal)
  }

  @Post('leak-test')
  @Costs(1_000)
  @HttpCode(200)
  @Policy(ADMINISTER)
  @ReadsOnly()
  @Answers(leakReport, 'Whether memory, SQL and the decision let through the same rows for every user and fact.')
  leakTest(): Promise<LeakReport> {
    return this.leaks.run()
  }

  @Post('rules/check')
  @HttpCode(200)
  @Policy(LOOK)
  @ReadsOnly()
  @Answers(conditionVerdict, 'Whether a condition can be used; if not, where and why.')
  check(@Body({ schema: conditionCheck }) rule: z.infer<typeof conditionCheck>): ConditionVerdict {
    const fault = rowRuleFault(rule, this.rights.model.attributes)
    return fault
      ? { ok: false, position: fault.position, message: fault.message }
      : { ok: true, position: null, message: { zh: '可以使用', en: 'can be used' } }
  }

  @Post('preview')
  @Costs(20)
  @HttpCode(200)
  @Policy(ADMINISTER)
  @ReadsOnly()
  @Answers(previewAnswer, 'What a user would see of a fact under the saved rules and an unsaved one.')
  preview(
    @Body({ schema: previewRequest }) wanted: z.infer<typeof previewRequest>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PreviewAnswer> {
    return this.rulePreview.preview(principal, wanted)
  }

  @Post('grants')
  @Policy(SHARE)
  @Answers(grantDefinition, 'The grant that was made.', 201)
  grant(
    @Body({ schema: newGrant }) grant: z.infer<typeof newGrant>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<GrantDefinition> {
    return this.store.addGrant(principal, grant)
  }

  @Delete('grants/:id')
  @HttpCode(204)
  @Policy(SHARE)
  revoke(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<void> {
    return this.store.removeGrant(principal, id)
  }

  @Put('roles')
  @HttpCode(204)
  @Policy(ADMINISTER)
  saveRole(
    @Body({ schema: roleDefinition }) role: z.infer<typeof roleDefinition>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<void> {
    return this.store.saveRole(principal, role)
  }

  @Delete('roles/:id')
  @HttpCode(204)
  @Policy(ADMINISTER)
  removeRole(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<void> {
    return this.store.removeRole(principal, id)
  }

  @Put('groups')
  @HttpCode(204)
  @Policy(ADMINISTER)
  saveGroup(
    @Body({ schema: groupDefinition }) group: z.infer<typeof groupDefinition>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<void> {
    return this.store.saveGroup(principal, group)
  }

  @Delete('groups/:id')
  @HttpCode(204)
  @Policy(ADMINISTER)
  removeGroup(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<void> {
    return this.store.removeGroup(principal, id)
  }

  @Put('profiles')
  @HttpCode(204)
  @Policy(ADMINISTER)
  saveProfile(
    @Body({ schema: userProfile }) profile: z.infer<typeof userProfile>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<void> {
    return this.store.saveProfile(principal, profile)
  }

  @Put('row-rules')
  @HttpCode(204)
  @Policy(ADMINISTER)
  async saveRowRule(
    @Body({ schema: rowRule }) rule: z.infer<typeof rowRule>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<void> {
    await this.review.refuseDirect('row-rule')
    return this.store.saveRowRule(principal, rule)
  }

  @Delete('row-rules/:id')
  @HttpCode(204)
  @Policy(ADMINISTER)
  async removeRowRule(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<void> {
    await this.review.refuseDirect('row-rule')
    return this.store.removeRowRule(principal, id)
  }

  @Put('column-rules')
  @HttpCode(204)
  @Policy(ADMINISTER)
  async saveColumnRule(
    @Body({ schema: columnRule }) rule: z.infer<typeof columnRule>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<void> {
    await this.review.refuseDirect('column-rule')
    return this.store.saveColumnRule(principal, rule)
  }

  @Delete('column-rules/:id')
  @HttpCode(204)
  @Policy(ADMINISTER)
  async removeColumnRule(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<void> {
    await this.review.refuseDirect('column-rule')
    return this.store.removeColumnRule(principal, id)
  }

  @Put('folders')
  @HttpCode(204)
  @Policy(ADMINISTER)
  saveFolder(
    @Body({ schema: folderDefinition }) folder: z.infer<typeof folderDefinition>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<void> {
    return this.store.saveFolder(principal, folder)
  }

  @Delete('folders')
  @HttpCode(204)
  @Policy(ADMINISTER)
  @ApiQuery({ name: 'path', required: true, description: 'path of the folder' })
  @ApiQuery({ name: 'content', required: false, enum: ['refuse', 'up'], description: 'up: what is in it moves up' })
  removeFolder(
    @Query({ schema: folderQuery }) { path, content }: z.infer<typeof folderQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<void> {
    return this.store.removeFolder(principal, path, content)
  }

  @Put('objects')
  @HttpCode(204)
  @Policy(ADMINISTER)
  placeObject(
    @Body({ schema: placedObject }) object: z.infer<typeof placedObject>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<void> {
    return this.store.placeObject(principal, object)
  }
}
