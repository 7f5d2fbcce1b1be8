import { Card } from '../../components/card.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import type { ProposalDetails } from './proposal-operations.ts'
import styles from './proposals.module.css'

/** What the customer has. */
export function ProposalText({ proposal }: { proposal: ProposalDetails }) {
  const { t, format } = useLanguage()
  const money = (amount: string) => format.money({ amount, currency: proposal.currency })
  return (
    <Card title={t.proposals.parts.what}>
      <div className={styles.form}>
        {proposal.introduction && <p className={styles.said}>{proposal.introduction}</p>}
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t.proposals.texts.description}</th>
              <th scope="col">{t.proposals.texts.quantity}</th>
              <th scope="col">{t.proposals.total}</th>
            </tr>
          </thead>
          <tbody>
            {proposal.items.map((item, index) => (
              <tr key={index}>
                <td>
                  {item.description}
                  <small>{money(item.unitPrice)}</small>
                </td>
                <td>{format.number(item.quantity)}</td>
                <td>{money(item.price)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={2}>
                {t.proposals.total}
              </th>
              <td>{money(proposal.totalPrice)}</td>
            </tr>
          </tfoot>
        </table>
        {proposal.terms && (
          <>
            <h3>{t.proposals.texts.terms}</h3>
            <p className={styles.said}>{proposal.terms}</p>
          </>
        )}
        {proposal.validUntil && (
          <p className={styles.dim}>{t.proposals.until(format.day(`${proposal.validUntil}T12:00:00Z`))}</p>
        )}
      </div>
    </Card>
  )
}
