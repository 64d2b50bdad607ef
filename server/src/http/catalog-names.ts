import { Injectable } from '@nestjs/common'

/** Names that rooms below the catalog show; the catalog fills them in when it is loaded. */
@Injectable()
export class CatalogNames {
  enterprise: { zh: string; en: string } | null = null
}
