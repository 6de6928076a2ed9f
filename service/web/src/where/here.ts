// Where somebody is, if they let their phone say so; it is kept nowhere.
import { NoAnswer } from './ask';
import { t } from './words';

const WAIT_MS = 15_000;
const AGE_MS_MAX = 60_000;

export function here(): Promise<{ lon: number; lat: number }> {
  return new Promise((found, failed) => {
    if (!('geolocation' in navigator) || !isSecureContext) {
      failed(new NoAnswer(t('This phone does not tell its position here. Type the name of a community instead.')));
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => found({ lon: coords.longitude, lat: coords.latitude }),
      (cause) => failed(new NoAnswer(why(cause))),
      { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: AGE_MS_MAX },
    );
  });
}

function why(cause: GeolocationPositionError): string {
  return cause.code === cause.PERMISSION_DENIED
    ? t('Your position was not allowed. Type the name of a community instead.')
    : t('Your position could not be found. Type the name of a community instead.');
}
