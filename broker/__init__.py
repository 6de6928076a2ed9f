"""The message broker's side: who may connect, the embedded broker, and Mosquitto's files."""
