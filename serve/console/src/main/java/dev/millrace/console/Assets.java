package dev.millrace.console;

import com.linecorp.armeria.common.CacheControl;
import com.linecorp.armeria.common.ServerCacheControl;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.file.FileService;

/** The console's scripts and styles, from this module and from the webjars of htmx and uPlot. */
final class Assets {
    private static final CacheControl CACHE =
            ServerCacheControl.builder().cachePublic().maxAgeSeconds(600).build();

    private Assets() {}

    static HttpService service() {
        return files("dev/millrace/console/assets").orElse(files("META-INF/resources/webjars"));
    }

    private static FileService files(String folder) {
        return FileService.builder(Assets.class.getClassLoader(), folder)
                .cacheControl(CACHE)
                .build();
    }
}
