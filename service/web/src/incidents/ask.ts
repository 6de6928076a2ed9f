// What people do about incidents.
import { ask, tell } from '../lib/api';
import type { IncidentDetail } from '../lib/types';

export type Act = 'acknowledge' | 'assign' | 'snooze' | 'unsnooze' | 'note' | 'resolve';

export function incidentOf(id: number): Promise<IncidentDetail> {
  return ask<IncidentDetail>(`incidents/${id}`);
}

export function doAbout(id: number, act: Act, wish: object): Promise<IncidentDetail> {
  return tell<IncidentDetail>(`incidents/${id}/${act}`, wish);
}
