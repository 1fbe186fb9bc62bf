import subprocess
import sys

from community.foundation import telemetry
from community.foundation.settings import Settings


def test_without_a_collector_nothing_of_the_sdk_is_loaded() -> None:
    program = """
import sys
from community.foundation import telemetry
from community.foundation.settings import Settings

assert not telemetry.start_tracing(Settings(telemetry_endpoint=None))
telemetry.tracer("tests").start_span("泡茶").end()
telemetry.stop_tracing()
print(any(name.startswith("opentelemetry.sdk.trace") for name in sys.modules))
"""
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "False"


def test_with_a_collector_spans_are_sent_to_it() -> None:
    program = """
import http.server, threading
from community.foundation import telemetry
from community.foundation.settings import Settings

received = []
class Collector(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        received.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass

collector = http.server.HTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=collector.serve_forever, daemon=True).start()
assert telemetry.start_tracing(Settings(telemetry_endpoint=f"http://127.0.0.1:{collector.server_port}/"))
with telemetry.tracer("tests").start_as_current_span("泡茶"):
    pass
telemetry.stop_tracing()
[(path, body)] = received
assert path == "/v1/traces"
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_measurements_are_named_for_what_they_measure() -> None:
    telemetry.counter("brewed_pots", "Pots of tea brewed.", ["kind"]).labels("绿茶").inc()
    telemetry.durations("brewing", "How long brewing took.").observe(0.3)
    telemetry.gauge("open_tables", "Tables that are taken.").set(4)

    shown = telemetry.exposition().decode()

    assert 'teahouse_brewed_pots_total{kind="绿茶"} 1.0' in shown
    assert "teahouse_brewing_seconds_count 1.0" in shown
    assert "teahouse_open_tables 4.0" in shown


def test_the_endpoint_comes_from_the_variable_that_opentelemetry_names() -> None:
    assert Settings.model_fields["telemetry_endpoint"].validation_alias is not None
