package dev.millrace.cli;

import dev.millrace.client.ClientConfig;
import dev.millrace.client.MillraceClient;
import picocli.CommandLine.Option;

import java.net.URI;

/** Which server a command talks to, and with which key. */
final class ConnectionOptions {
    static final String DEFAULT_URL = "http://localhost:8080";

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "${MILLRACE_URL:-" + DEFAULT_URL + "}",
            description = "The server; from $MILLRACE_URL, else " + DEFAULT_URL + ".")
    private URI url = URI.create(DEFAULT_URL);

    @Option(
            names = "--key",
            paramLabel = "KEY",
            defaultValue = "${MILLRACE_KEY:-}",
            description = "The key that the server printed at its first start; from $MILLRACE_KEY.")
    private String key = "";

    URI url() {
        return url;
    }

    MillraceClient connect() {
        if (url.getHost() == null) {
            throw new CommandFailedException("--url " + url + " has no host; give one like " + DEFAULT_URL);
        }
        return new MillraceClient(ClientConfig.of(url, key));
    }
}
