import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import {
  type DeviceList,
  type DeviceRow,
  type PairDevice,
  type PairingStarted,
  type PairingState,
  deviceList,
  deviceRow,
  pairDevice,
  pairingClaim,
  pairingStarted,
  pairingState,
} from '@gemba/contracts/sign-in'
import type { Request, Response } from 'express'
import type { z } from 'zod'
import type { Actor } from '../../audit/audit.service.ts'
import { Answers } from '../../http/answers.ts'
import { writeCookie } from '../../http/cookies.ts'
import { Fault } from '../../http/fault.ts'
import { Pacing } from '../../http/pacing.ts'
import { OpenTo, Policy } from '../../http/policy.ts'
import { CurrentActor, CurrentPrincipal } from '../current-principal.guard.ts'
import type { Principal } from '../principal.ts'
import { originOf } from '../request-origin.ts'
import { DEVICE_COOKIE, Devices } from './devices.ts'

const YEAR_S = 365 * 24 * 3600

function paced(pacing: Pacing, key: string): void {
  const retryAfterS = pacing.take(key, Date.now())
  if (retryAfterS > 0) throw new Fault('TOO_MANY_REQUESTS', { retryAfterS })
}

@ApiTags('displays')
@Controller('api')
@OpenTo({ scope: null })
export class DevicesController {
  /** New codes of one address; displays of a shop may share one. */
  private readonly begins = new Pacing(20, 10)
  /** A display asks every two seconds. */
  private readonly claims = new Pacing(120, 120)
  /** Guesses of one person. */
  private readonly guesses = new Pacing(10, 6)

  constructor(private readonly devices: Devices) {}

  @Post('pairing')
  @Policy('public')
  @Answers(pairingStarted, 'A code for the display to show, and a secret for it to keep.', 201)
  begin(@Req() request: Request): Promise<PairingStarted> {
    const from = originOf(request)
    paced(this.begins, from.address)
    return this.devices.begin(from)
  }

  @Post('pairing/claim')
  @HttpCode(200)
  @Policy('public')
  @Answers(pairingState, 'Whether the code was accepted; its cookie is set until the display has used one.')
  async claim(
    @Body({ schema: pairingClaim }) input: z.infer<typeof pairingClaim>,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<PairingState> {
    paced(this.claims, originOf(request).address)
    const { cookie, ...state } = await this.devices.claim(input.secret)
    if (cookie !== null)
      response.setHeader('Set-Cookie', writeCookie(DEVICE_COOKIE, cookie, { maxAgeS: YEAR_S, secure: request.secure }))
    return state
  }

  @Get('devices')
  @Policy({ roles: ['admin', 'manager'] })
  @Answers(deviceList, 'Displays that are let in.')
  async list(): Promise<DeviceList> {
    return { devices: await this.devices.list() }
  }

  @Post('devices')
  @Policy({ roles: ['admin', 'manager'] })
  @Answers(deviceRow, 'The display that shows the code is let in.', 201)
  pair(
    @Body({ schema: pairDevice }) input: PairDevice,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<DeviceRow> {
    paced(this.guesses, actor.user)
    return this.devices.pair(input, principal, actor)
  }

  @Delete('devices/:id')
  @HttpCode(204)
  @Policy({ roles: ['admin', 'manager'] })
  async revoke(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.devices.revoke(id, actor)
  }
}
