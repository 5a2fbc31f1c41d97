# Runs the Elixir lines of a file (the README's) on weights in a folder of texts, with stand-ins for the packages that
# they use: Axon's and Nx's structures, and Safetensors.dump for tensors of 32-bit floats.
defmodule Nx.Tensor do
  defstruct [:shape, :values]
end

defmodule Axon.ModelState do
  defstruct [:data]
end

defmodule Safetensors do
  def dump(tensors) do
    {entries, data, _} =
      Enum.reduce(Enum.sort(tensors), {[], [], 0}, fn {name, tensor}, {entries, data, begin} ->
        bytes = for value <- tensor.values, into: <<>>, do: <<value::float-little-32>>
        finish = begin + byte_size(bytes)
        shape = Enum.join(tensor.shape, ",")
        entry = ~s("#{name}":{"data_offsets":[#{begin},#{finish}],"dtype":"F32","shape":[#{shape}]})
        {[entry | entries], [data, bytes], finish}
      end)

    header = "{" <> Enum.join(Enum.reverse(entries), ",") <> "}"
    [<<byte_size(header)::unsigned-little-64>>, header, data]
  end
end

[lines, folder] = System.argv()
:ok = :application.load({:application, :axon, [vsn: ~c"0.8.0", modules: [], registered: [], applications: []]})

layers =
  Enum.reduce(File.ls!(folder), %{}, fn name, layers ->
    [layer, parameter] = String.split(name, ".")
    [sizes, numbers] = folder |> Path.join(name) |> File.read!() |> String.split("\n", trim: true)
    values = for text <- String.split(numbers), do: text |> Float.parse() |> elem(0)
    tensor = struct(Nx.Tensor, shape: String.split(sizes), values: values)
    Map.update(layers, layer, %{parameter => tensor}, &Map.put(&1, parameter, tensor))
  end)

# What training leaves besides weights.
layers = Map.put(layers, "sst_dropout_1", %{"key" => struct(Nx.Tensor, shape: [1], values: [0.0])})
Code.eval_string(File.read!(lines), state: struct(Axon.ModelState, data: layers))
