"""Shows it all on one machine: sets up, starts every process, and ends them together."""

from service.demo.children import DemoError
from service.demo.run import DemoWishes, run_demo

__all__ = ["DemoError", "DemoWishes", "run_demo"]
