package dev.millrace.server.infer;

import com.google.protobuf.ByteString;
import dev.millrace.models.ranker.PortType;
import dev.millrace.models.ranker.RankerSignature.Port;
import dev.millrace.wire.inference.GRPCInferenceServiceGrpc;
import dev.millrace.wire.inference.InferParameter;
import dev.millrace.wire.inference.ModelInferRequest;
import dev.millrace.wire.inference.ModelInferRequest.InferInputTensor;
import dev.millrace.wire.inference.ModelInferRequest.InferRequestedOutputTensor;
import dev.millrace.wire.inference.ModelInferResponse;
import dev.millrace.wire.inference.ModelMetadataRequest;
import dev.millrace.wire.inference.ModelMetadataResponse;
import dev.millrace.wire.inference.ModelReadyRequest;
import dev.millrace.wire.inference.ModelReadyResponse;
import dev.millrace.wire.inference.ServerLiveRequest;
import dev.millrace.wire.inference.ServerLiveResponse;
import dev.millrace.wire.inference.ServerMetadataRequest;
import dev.millrace.wire.inference.ServerMetadataResponse;
import dev.millrace.wire.inference.ServerReadyRequest;
import dev.millrace.wire.inference.ServerReadyResponse;
import io.grpc.stub.StreamObserver;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The Open Inference Protocol over gRPC. Thread-safe. */
public final class InferenceRpc extends GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase {
    private final Inference inference;
    private final String serverVersion;
    private final BooleanSupplier ready;

    public InferenceRpc(Inference inference, String serverVersion, BooleanSupplier ready) {
        this.inference = inference;
        this.serverVersion = serverVersion;
        this.ready = ready;
    }

    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> observer) {
        answer(observer, () -> ServerLiveResponse.newBuilder().setLive(true).build());
    }

    @Override
    public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> observer) {
        answer(
                observer,
                () -> ServerReadyResponse.newBuilder()
                        .setReady(ready.getAsBoolean())
                        .build());
    }

    /** As the protocol has it: a model that is not there is not ready, which is no failure. */
    @Override
    public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
        String live = inference.rankers().versions().get(request.getName());
        boolean found = live != null
                && (request.getVersion().isEmpty() || request.getVersion().equals(live));
        answer(observer, () -> ModelReadyResponse.newBuilder().setReady(found).build());
    }

    @Override
    public void serverMetadata(ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
        answer(
                observer,
                () -> ServerMetadataResponse.newBuilder()
                        .setName(InferenceEndpoint.SERVER)
                        .setVersion(serverVersion)
                        .addAllExtensions(InferenceEndpoint.EXTENSIONS)
                        .build());
    }

    @Override
    public void modelMetadata(ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> observer) {
        answer(
                observer,
                () -> inference.rankers().use(request.getName(), request.getVersion(), (ranker, live) -> {
                    ModelMetadataResponse.Builder metadata = ModelMetadataResponse.newBuilder()
                            .setName(request.getName())
                            .addVersions(live)
                            .setPlatform(InferenceEndpoint.PLATFORM);
                    ranker.signature().inputs().forEach(port -> metadata.addInputs(metadata(port)));
                    ranker.signature().outputs().forEach(port -> metadata.addOutputs(metadata(port)));
                    return metadata.build();
                }));
    }

    private static ModelMetadataResponse.TensorMetadata metadata(Port port) {
        ModelMetadataResponse.TensorMetadata.Builder tensor = ModelMetadataResponse.TensorMetadata.newBuilder()
                .setName(port.name())
                .setDatatype(port.type().name());
        for (long axis : port.shape(-1)) {
            tensor.addShape(axis);
        }
        return tensor.build();
    }

    @Override
    public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
        CompletableFuture<InferenceAnswer> answer;
        try {
            answer = inference.infer(request.getModelName(), request.getModelVersion(), call(request));
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        boolean raw = request.getRawInputContentsCount() > 0;
        var _ = answer.thenApply(given -> response(given, raw)).whenComplete((message, failure) -> {
            if (failure == null) {
                observer.onNext(message);
                observer.onCompleted();
            } else {
                observer.onError(failure);
            }
        });
    }

    private static InferenceCall call(ModelInferRequest request) {
        Map<String, InferParameter> parameters = request.getParametersMap();
        return new InferenceCall(
                request.getId(),
                inputs(request),
                request.getOutputsList().stream()
                        .map(InferRequestedOutputTensor::getName)
                        .toList(),
                Duration.ofNanos(Math.max(0, number(parameters, "timeout")) * 1_000),
                InferenceCall.priority(number(parameters, "priority")));
    }

    private static long number(Map<String, InferParameter> parameters, String name) {
        InferParameter parameter = parameters.getOrDefault(name, InferParameter.getDefaultInstance());
        return switch (parameter.getParameterChoiceCase()) {
            case INT64_PARAM -> parameter.getInt64Param();
            case UINT64_PARAM -> parameter.getUint64Param();
            case PARAMETERCHOICE_NOT_SET -> 0;
            default -> throw Inference.invalid("the parameter '" + name + "' is no whole number");
        };
    }

    private static List<Tensor> inputs(ModelInferRequest request) {
        int raw = request.getRawInputContentsCount();
        if (raw > 0 && raw != request.getInputsCount()) {
            throw Inference.invalid("there are " + raw + " raw_input_contents for " + request.getInputsCount()
                    + " inputs; give one for each, in their order");
        }
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < request.getInputsCount(); i++) {
            InferInputTensor input = request.getInputs(i);
            PortType type = InferenceJson.type(input.getName(), input.getDatatype());
            ByteBuffer bytes = raw > 0
                    ? request.getRawInputContents(i).asReadOnlyByteBuffer()
                    : TensorContents.bytes(type, input.getContents());
            tensors.add(new Tensor(input.getName(), type, input.getShapeList(), bytes));
        }
        return tensors;
    }

    private static ModelInferResponse response(InferenceAnswer answer, boolean raw) {
        ModelInferResponse.Builder response = ModelInferResponse.newBuilder()
                .setModelName(answer.model())
                .setModelVersion(answer.version())
                .setId(answer.id());
        for (Tensor output : answer.outputs()) {
            ModelInferResponse.InferOutputTensor.Builder tensor = response.addOutputsBuilder()
                    .setName(output.name())
                    .setDatatype(output.type().name())
                    .addAllShape(output.shape());
            if (raw) {
                response.addRawOutputContents(ByteString.copyFrom(output.bytes().duplicate()));
            } else {
                tensor.setContents(TensorContents.of(output));
            }
        }
        return response.build();
    }

    private static <M> void answer(StreamObserver<M> observer, Supplier<M> message) {
        M ready;
        try {
            ready = message.get();
        } catch (RuntimeException e) {
            observer.onError(e);
            return;
        }
        observer.onNext(ready);
        observer.onCompleted();
    }
}
