package dev.millrace.server.http;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.Route;
import com.linecorp.armeria.server.RoutePathType;
import com.linecorp.armeria.server.ServiceConfig;

import java.util.List;
import java.util.TreeSet;

/** Which methods the routes of a path take, for who came with another. Stateless. */
final class AllowedMethods {
    private AllowedMethods() {}

    /** As the header {@code Allow} has them; empty where no route has this path. */
    static String of(List<ServiceConfig> services, String path) {
        TreeSet<String> methods = new TreeSet<>();
        for (ServiceConfig service : services) {
            if (covers(service.route(), path)) {
                service.route().methods().stream().map(HttpMethod::name).forEach(methods::add);
            }
        }
        return String.join(", ", methods);
    }

    /** Of the kinds of routes that take some methods alone. */
    private static boolean covers(Route route, String path) {
        RoutePathType kind = route.pathType();
        return (kind == RoutePathType.EXACT || kind == RoutePathType.PARAMETERIZED)
                && covers(route.patternString().split("/", -1), path.split("/", -1));
    }

    private static boolean covers(String[] pattern, String[] path) {
        if (pattern.length != path.length) {
            return false;
        }
        for (int i = 0; i < path.length; i++) {
            if (!pattern[i].equals(path[i]) && !pattern[i].startsWith(":")) {
                return false;
            }
        }
        return true;
    }
}
