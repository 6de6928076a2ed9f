// The words of incidents: how grave, how far, and what happened.
import { moment } from '../lib/format';
import type { Incident, IncidentEvent, IncidentState, State } from '../lib/types';
import { t } from '../lib/words.svelte';

export const WEIGHT = { critical: 0, warning: 1, info: 2 };
/** Kinds that tell of something past: a person may say that they are done. */
const OF_THE_PAST = ['clock', 'conflict', 'discrepancy'];

export function mayResolve(incident: Incident): boolean {
  return !incident.resolved_at && OF_THE_PAST.includes(incident.kind);
}

const MARK: Record<Incident['kind'], State> = {
  silent: 'silent', low: 'low', out: 'empty', fault: 'fault', no_takers: 'fault',
  expiring: 'low', expired: 'empty', discrepancy: 'unknown', clock: 'unknown',
  circle_gap: 'low', conflict: 'fault', month_not_closable: 'unknown', network: 'silent',
};

export function markOf(incident: Incident): State {
  return MARK[incident.kind] ?? 'unknown';
}

export function severityWord(severity: Incident['severity']): string {
  if (severity === 'critical') return t('Urgent');
  return severity === 'warning' ? t('Soon') : t('For information');
}

export function stateWord(state: IncidentState): string {
  switch (state) {
    case 'unresolved': return t('Unresolved');
    case 'open': return t('Nobody on it');
    case 'acknowledged': return t('Acknowledged');
    case 'snoozed': return t('Put off');
    case 'resolved': return t('Resolved');
    default: return t('All');
  }
}

/** Which list an incident stands in. */
export function listOf(incident: Incident): IncidentState {
  if (incident.resolved_at) return 'resolved';
  if (incident.snoozed_until) return 'snoozed';
  return incident.state;
}

/** Who is on it, and until when it was put off. */
export function careLine(incident: Incident): string {
  const said: string[] = [];
  if (incident.acknowledged_by) said.push(t('acknowledged by {name}', { name: incident.acknowledged_by }));
  if (incident.assigned_to) said.push(t('assigned to {name}', { name: incident.assigned_to }));
  if (incident.snoozed_until) {
    const when = moment(incident.snoozed_until);
    said.push(t('put off until {when}: {reason}', { when, reason: incident.snooze_reason ?? '' }));
  }
  if (incident.resolved_by) said.push(t('resolved by {name}', { name: incident.resolved_by }));
  return said.join(' · ');
}

export function whatWord(event: IncidentEvent): string {
  switch (event.what) {
    case 'opened': return t('Noticed');
    case 'acknowledged': return t('Acknowledged');
    case 'assigned': return event.note ? t('Assigned to {name}', { name: event.note }) : t('Assigned to nobody');
    case 'snoozed': return t('Put off');
    case 'woken': return t('No longer put off');
    case 'escalated': return t('Graver: {how}', { how: severityWord(event.severity) });
    case 'eased': return t('Less grave: {how}', { how: severityWord(event.severity) });
    case 'reopened': return t('The same again');
    case 'noted': return t('Note');
    case 'resolved': return t('Resolved');
    default: return event.what;
  }
}
